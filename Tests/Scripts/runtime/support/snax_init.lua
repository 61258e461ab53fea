init = 1
