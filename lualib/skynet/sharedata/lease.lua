-- The right to read one edition of shared data; given back to the daemon when nothing refers to it any more.

local skynet = require "skynet"

---@class lease
---@field daemon integer
---@field name string
---@field version integer
---@field pointer lightuserdata
---@field size integer

local meta = {}

function meta:__gc()
	skynet.send(self.daemon, "lua", "release", self.name, self.version)
end

--- Takes what the daemon lent; nothing when it lent nothing.
---@param daemon integer
---@param name string
---@param version integer?
---@param pointer lightuserdata?
---@param size integer?
---@return lease?
return function(daemon, name, version, pointer, size)
	if not version then
		return nil
	end
	return setmetatable({ daemon = daemon, name = name, version = version, pointer = pointer, size = size }, meta)
end
