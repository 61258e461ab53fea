-- The old module names are the new modules.

local skynet = require "skynet"
require "skynet.manager"

local NAMES <const> = {
	"cluster", "crypt", "datacenter", "dns", "memory", "mqueue", "multicast", "netpack", "profile", "queue",
	"redis", "sharedata", "sharemap", "snax", "socket", "socketchannel", "socketdriver", "stm",
}

local NEW_NAMES <const> = { redis = "skynet.db.redis" }

local function test()
	local root = skynet.getenv "lua_path":match "([^;]*lualib/)%?%.lua"
	package.path = root .. "compat10/?.lua;" .. package.path
	for _, name in ipairs(NAMES) do
		local module = require(name)
		assert(module == require(NEW_NAMES[name] or "skynet." .. name), name)
	end
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_compat10" or "TEST FAILED test_compat10: " .. failure)
	skynet.abort()
end)
