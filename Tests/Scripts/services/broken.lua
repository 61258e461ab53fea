-- Does not compile, on purpose.

local = nothing
