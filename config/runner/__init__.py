"""The program behind ./run: one concern a file, standard library only."""
