"""What the code base promises about itself: layers, sizes, wording."""
