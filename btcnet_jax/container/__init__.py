"""The compressed file `.btcn`: versioned, checked by sections, written whole or not at all."""
