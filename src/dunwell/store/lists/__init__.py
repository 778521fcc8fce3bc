"""What the screens and reports show, one file a screen."""
