// The last lines of a set of instructions: its table.

const struct table NAME(table) = {
	NAME(gather), NAME(dots), NAME(gather_blocks), NAME(dots_blocks), NAME(take_columns), NAME(gather_columns), NAME(above), NAME(above_each),
	NAME(shift), NAME(difference), NAME(scale), NAME(squares), NAME(squared_error), NAME(accumulate), NAME(adam), NAME(pack), NAME(encode), ROWS, COLS,
};
