"""Images and genes together: screens, invariant prediction, dose and response. Arrays in, results out."""
