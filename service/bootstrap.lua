-- Accepts no messages: it brings the node up, one service after another, and leaves.
-- A node that cannot come up is ended, with a status that is not zero.

local skynet = require "skynet"
local core = require "skynet.core"
require "skynet.manager"	-- launch, name

--- Ends the node. The host prints the reason and exits with a status that is not zero.
---@param reason string
local function refuse(reason)
	skynet.error(reason)
	core.command("ABORT", reason)
	skynet.exit()
end

---@param script string
---@return integer address
local function must_start(script, ...)
	local started, address = pcall(skynet.newservice, script, ...)
	if not (started and address) then
		refuse(string.format("Can't start the node without its service '%s'; the log above says why", script))
	end
	return address
end

--- The launcher cannot be asked to launch itself, and nothing waits for its start.
local function start_launcher()
	local launcher = skynet.launch("snlua", "launcher")
	if not launcher then
		refuse "Can't start the node without its service 'launcher'; the log above says why"
	end
	skynet.name(".launcher", launcher)
end

--- A node on its own is its own master, and its `.cslave` knows no others.
local function start_alone()
	if skynet.getenv "standalone" then
		refuse "standalone: a node with harbor = 0 is its own master; remove the key"
	end
	skynet.setenv("standalone", "true")
	skynet.name(".cslave", must_start "cdummy")
end

--- A node of a harbor network: one of them has the master, and all wait here until they have found each other.
local function join_network()
	if skynet.getenv "standalone" then
		must_start "cmaster"
	end
	skynet.name(".cslave", must_start "cslave")
end

--- Loads the TLS library before anybody listens, so that a missing one shows here and not at the first client.
local function hold_tls_library()
	local service = require "skynet.service"
	service.new("ltls_holder", function()
		require "ltls.c"
	end)
end

--- A main service that fails while it starts ends the node. The host, which hears first what is wrong with it, has then
--- ended this service, too; a library that does not tell the host leaves it to us.
local function run_main_service()
	local command = skynet.getenv "start" or "main"
	if not pcall(skynet.newservice, command) then
		refuse(string.format("start = '%s' failed; the log above says why", command))
	end
end

skynet.start(function()
	start_launcher()
	if skynet.harbor(skynet.self()) == 0 then
		start_alone()
	else
		join_network()
	end
	if skynet.getenv "standalone" then
		skynet.name("DATACENTER", must_start "datacenterd")
	end
	must_start "service_mgr"
	if skynet.getenv "enablessl" == "true" then
		hold_tls_library()
	end
	run_main_service()
	skynet.exit()
end)
