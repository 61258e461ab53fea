-- Plays the service_provider of another tree; one name is always being started, and another has failed.

local skynet = require "skynet"
local half = require "foreign_half"

local addresses = {}

half.serve {
	test = function(_, name)
		if name == "booting" then
			return nil, true
		end
		return addresses[name]
	end,
	query = function(_, name)
		return name == "booting" and 0x4711 or addresses[name] or error "expected: a failure that is remembered"
	end,
	launch = function(_, name, code, ...)
		assert(type(code) == "string")
		local cell = skynet.newservice("service_cell", name)
		skynet.call(cell, "lua", "init", code, ...)
		addresses[name] = cell
		return cell
	end,
	close = function(_, name)
		local address = addresses[name]
		addresses[name] = nil
		return address
	end,
}
