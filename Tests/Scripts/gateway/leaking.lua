-- Accepts lua from itself: hold(ptr, size), a buffer that was given on by its address.
-- Launches services that end with buffers in their hands, and one that ends without. Says `leaking is done`, and stays.

local skynet = require "skynet"
require "skynet.manager"
local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"

local ROLE = {}

function ROLE.careless()
	for size = 1, 3 do
		driver.str2p(("x"):rep(size))
	end
	local msg, sz = netpack.pack "12345678"
	skynet.tostring(msg, sz)
end

function ROLE.careful(parent)
	skynet.trash(skynet.pack("given", "back"))
	skynet.call(tonumber(parent), "lua", skynet.pack "given on")
	skynet.call(tonumber(parent), "lua", driver.str2p "and on")
end

local function run_parent()
	skynet.dispatch("lua", function(_, _, ptr, size)
		skynet.trash(ptr, size)
		skynet.retpack()
	end)
	for _, role in ipairs { "careful", "careless" } do
		skynet.newservice("leaking", role, skynet.self())
	end
	skynet.kill(skynet.newservice("leaking", "killed"))
	skynet.error "leaking is done"
end

function ROLE.killed()
	netpack.pack "four"
	return true
end

local role, parent = ...
skynet.start(function()
	if not role then
		return run_parent()
	end
	if not ROLE[role](parent) then
		skynet.exit()
	end
end)
