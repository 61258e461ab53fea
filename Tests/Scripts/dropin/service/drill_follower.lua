-- Our service_mgr as it runs on a node that is not the standalone one: such a node's environment lacks that key, and
-- nobody there has the name yet.

local skynet = require "skynet"
require "skynet.manager"

local getenv, register = skynet.getenv, skynet.register

function skynet.getenv(key)
	return key ~= "standalone" and getenv(key) or nil
end

function skynet.localname()
	return nil
end

function skynet.register(name)
	assert(name == ".service", "only the standalone node is SERVICE")
	register ".drill_follower"
end

local path = assert(package.searchpath("service_mgr", getenv "luaservice"))
assert(loadfile(path))()
