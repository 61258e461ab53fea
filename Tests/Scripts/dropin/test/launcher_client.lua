-- Speaks to launcher, service_mgr and datacenterd as another library does: messages, and nothing of ours between.
-- Ends in `TEST OK launcher_client` or `TEST FAILED launcher_client: why`.

local skynet = require "skynet"
local drill = require "drill"

local function ask(address, ...)
	return table.pack(skynet.call(address, "lua", ...))
end

local function launcher()
	local echo = skynet.call(".launcher", "lua", "LAUNCH", "snlua", "drill_echo", 5)
	assert(math.type(echo) == "integer")
	local key = skynet.address(echo)
	drill.equal(skynet.call(".launcher", "lua", "LIST")[key], "snlua drill_echo 5")
	local stat = skynet.call(".launcher", "lua", "STAT", 3000)[key]
	assert(stat.task == 0 and stat.mqlen and stat.cpu and stat.message, "STAT")
	assert(skynet.call(".launcher", "lua", "MEM", nil)[key]:find "^%d+%.%d%d Kb %(snlua drill_echo 5%)$")
	assert(skynet.call(".launcher", "lua", "GC", 3000)[key]:find "Kb")
	drill.values(ask(".launcher", "NONSENSE"), { "Unknown command" })
	drill.raises("call failed", skynet.call, ".launcher", "lua", "LAUNCH", "snlua", "drill_broken")
	drill.values(ask(".launcher", "KILL", echo), { [key] = "snlua drill_echo 5" })
	drill.raises("call to invalid address", skynet.call, echo, "lua")
	local logged = skynet.call(".launcher", "lua", "LOGLAUNCH", "snlua", "drill_echo")
	skynet.send(".launcher", "lua", "REMOVE", logged, false)
	assert(not skynet.call(".launcher", "lua", "LIST")[skynet.address(logged)])
end

local function unique_services()
	local echo = ask(".service", "LAUNCH", "drill_echo")[1]
	drill.values(ask(".service", "LAUNCH", "drill_echo", "other arguments"), echo)
	drill.values(ask(".service", "QUERY", "drill_echo"), echo)
	local everywhere = ask(".service", "GLAUNCH", "drill_echo")[1]
	assert(everywhere ~= echo)
	-- As the manager of another node asks.
	drill.values(ask("SERVICE", "LAUNCH", "@drill_echo"), everywhere)
	drill.values(ask("SERVICE", "QUERY", "@drill_echo"), everywhere)
	local snax = ask("SERVICE", "LAUNCH", "@snaxd", "snax_partner", "a", 2)[1]
	drill.values(ask(".service", "GQUERY", "snaxd", "snax_partner"), snax)
	local failure = ask(".service", "LAUNCH", "drill_broken")
	assert(failure.n == 2 and failure[1] == nil and failure[2]:find "call failed$")
	drill.equal(ask(".service", "QUERY", "drill_broken"), failure)
	drill.values(ask(".service", "NONSENSE"), nil, "Invalid command NONSENSE")
	local list = skynet.call("SERVICE", "lua", "LIST")
	drill.equal(list.drill_echo, skynet.address(echo))
	drill.equal(list["@snaxd.snax_partner"], skynet.address(snax))
end

--- A manager of another node, which is this service.
local function other_managers()
	skynet.dispatch("lua", function(_, _, cmd)
		assert(cmd == "LIST")
		skynet.retpack { remote = ":07000001" }
	end)
	skynet.call("SERVICE", "lua", "REPORT", skynet.self())
	local list = skynet.call("SERVICE", "lua", "LIST")
	drill.equal(list["remote@" .. skynet.harbor(skynet.self())], ":07000001")
end

--- A node that is not the standalone one: its manager leaves to SERVICE what exists once for all nodes.
local function follower()
	local manager = skynet.newservice "drill_follower"
	local everywhere = ask(".service", "GLAUNCH", "drill_echo")[1]
	drill.values(ask(manager, "GLAUNCH", "drill_echo"), everywhere)
	drill.values(ask(manager, "GQUERY", "drill_echo"), everywhere)
	local own = ask(manager, "LAUNCH", "drill_echo")[1]
	assert(own ~= ask(".service", "LAUNCH", "drill_echo")[1])
	local snax = ask(".service", "GQUERY", "snaxd", "snax_partner")[1]
	drill.values(ask(manager, "GQUERY", "snaxd", "snax_partner"), snax)
	local list = skynet.call("SERVICE", "lua", "LIST")
	drill.equal(list["drill_echo@" .. skynet.harbor(manager)], skynet.address(own))
end

local function datacenter()
	drill.values(ask("DATACENTER", "UPDATE", "drill", "key", 1), nil)
	drill.values(ask("DATACENTER", "UPDATE", "drill", "key", 2), 1)
	drill.values(ask("DATACENTER", "QUERY", "drill", "key"), 2)
	drill.values(ask("DATACENTER", "QUERY", "drill"), { key = 2 })
	drill.values(ask("DATACENTER", "WAIT", "drill", "key"), 2)
end

drill.run("launcher_client", function()
	launcher()
	unique_services()
	other_managers()
	follower()
	datacenter()
end)
