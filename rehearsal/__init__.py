"""演练: a complete, made-up batch of any size, to try, test and measure the line with."""
