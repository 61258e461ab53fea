-- The name under which scripts know `snax.patch`.
return require "snax.patch"
