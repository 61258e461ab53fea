-- Plays the DATACENTER of another tree; a value there is the text of its path.

local half = require "foreign_half"

half.serve {
	QUERY = function(_, ...) return table.concat({ ... }, ".") end,
	UPDATE = function(_, ...) return "previous", select("#", ...) end,
	WAIT = function(_, ...) return "waited for " .. table.concat({ ... }, ".") end,
}
