"""Pure array functions of the model: no parameters, no state."""
