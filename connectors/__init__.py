"""Where records come from and rows go. Knows schemas; knows no news rule."""
