"""What all engines share: programs and their proof, graphs, transport, chance, a clock. Arrays in, arrays out."""
