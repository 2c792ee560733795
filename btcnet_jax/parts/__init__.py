"""What a codec is made of: front ends, transforms, quantization, latents, decoders."""
