"""From noise to symbols to text: what a trained generator writes."""
