-- The name under which scripts know `snax.script`.
return require "snax.script"
