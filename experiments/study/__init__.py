"""Studies: published experiments and base rates that the model is calibrated on in part and predicts in part."""
