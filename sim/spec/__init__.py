"""What is simulated: frozen, validated classes, and loading them from YAML with file and line."""
