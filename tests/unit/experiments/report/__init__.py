"""The HTML report: findings, pictures and page."""
