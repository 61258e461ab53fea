--- Schemas that all services of the process share, in slots 0 to 15.
local core = require "sproto.core"
local parser = require "sprotoparser"
local sproto = require "sproto"

local loader = {}

--- Compiles a schema file into a slot.
---@param filename string
---@param slot? integer 0 unless given
function loader.register(filename, slot)
	local file = assert(io.open(filename), "Can't open sproto file")
	local text = file:read "a"
	file:close()
	loader.save(parser.parse(text, filename), slot)
end

--- Puts a compiled schema into a slot.
---@param bin string what sprotoparser.parse answers
---@param slot? integer
function loader.save(bin, slot)
	core.saveproto(core.newproto(bin) or error("not a sproto bundle", 2), slot)
end

--- The schema in a slot.
---@param slot? integer
---@return sproto
function loader.load(slot)
	return sproto.sharenew(core.loadproto(slot))
end

return loader
