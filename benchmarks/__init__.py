"""What measures speed and rate-distortion; never part of the tests."""
