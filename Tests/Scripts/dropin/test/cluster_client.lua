-- Speaks to clusterd, clustersender and clusterproxy as another library does. The node calls itself over a connection.
-- Ends in `TEST OK cluster_client` or `TEST FAILED cluster_client: why`.

local skynet = require "skynet"
local cluster = require "skynet.cluster.core"
local drill = require "drill"

local HOST <const> = "127.0.0.1"

local clusterd, echo

local function ask(...)
	return table.pack(skynet.call(clusterd, "lua", ...))
end

--- A request in the words of cluster.call: the packed arguments travel as pointer and size, and the sender frees them.
local function request(sender, address, ...)
	return table.pack(skynet.call(sender, "lua", "req", address, skynet.pack(...)))
end

local function names()
	assert(ask("register", "echo", echo).n == 0)
	drill.raises("call failed", ask, "register", "echo", skynet.self())
	drill.values(ask("queryname", "echo"), echo)
	assert(ask("unregister", "echo").n == 0 and ask("unregister", "echo").n == 0)
	drill.equal(ask("queryname", "echo")[1], nil)
	ask("register", "echo", echo)
end

local function nodes()
	local ip, port = table.unpack(ask("listen", HOST, 0, 16))
	assert(ip == HOST and math.type(port) == "integer")
	local address = HOST .. ":" .. port
	drill.values(ask("reload", { me = address }), nil)
	local sender = ask("sender", "me")[1]
	drill.values(ask("sender", "me"), sender)
	drill.values(ask("senders"), { me = sender })
	drill.raises("call failed", ask, "listen", "no such node")
	-- By the name of a node, whose address is in the configuration.
	ask("reload", { again = HOST .. ":0" })
	local again = ask("listen", "again", nil, 16)
	assert(again.n == 2 and again[1] == HOST and again[2] > 0 and again[2] ~= port)
	return sender, address, port
end

local function requests(sender)
	drill.values(request(sender, "@echo", "a", nil, 3), "a", nil, 3)
	drill.values(request(sender, echo, "by number"), "by number")
	drill.values(request(sender, 0, "echo"), echo)
	drill.raises("call failed", request, sender, 0, "nobody")
	drill.raises("call failed", request, sender, "@echo", "fail")
	local text = ("x"):rep(100000)
	drill.values(request(sender, "@echo", text), text)
	skynet.send(sender, "lua", "push", "@echo", skynet.pack("note", text))
	skynet.send(sender, "lua", "push", "@echo", skynet.pack("note", "short"))
	drill.await(function() return #request(sender, "@echo", "notes")[1] == 2 end)
end

local function proxies()
	local proxy = ask("proxy", "me", "@echo")[1]
	drill.values(ask("proxy", "me", "@echo"), proxy)
	drill.values(table.pack(skynet.call(proxy, "lua", "through", 1)), "through", 1)
	skynet.send(proxy, "lua", "note", "by proxy")
	drill.await(function() return #skynet.call(proxy, "lua", "notes") == 3 end)
	drill.raises("call failed", skynet.call, proxy, "lua", "fail")
end

--- Both spellings of an address, to start with and to change to.
local function senders(address, port)
	local old = skynet.newservice("clustersender", "me", cluster.nodename(), HOST, port)
	local new = skynet.newservice("clustersender", "me", cluster.nodename(), address)
	for _, sender in ipairs { old, new } do
		drill.values(table.pack(skynet.call(sender, "lua", "changenode", HOST, port)), nil)
		drill.values(request(sender, "@echo", 1), 1)
		drill.values(table.pack(skynet.call(sender, "lua", "changenode", false)), nil)
		drill.raises("call failed", request, sender, "@echo", 1)
		drill.values(table.pack(skynet.call(sender, "lua", "changenode", address)), nil)
		drill.values(request(sender, "@echo", 2), 2)
	end
end

--- What a gate has to say reaches the log, whatever it is.
local function gate_messages()
	skynet.send(clusterd, "lua", "socket", "warning", 99, 64)
	skynet.send(clusterd, "lua", "socket", "data", 99, "early")
	skynet.send(clusterd, "lua", "socket", "news", 99)
	ask "senders" -- answered behind them
end

local function tag_log(sender)
	local tag
	skynet.fork(function()
		skynet.trace()
		tag = request(sender, "@echo", "tag")[1]
	end)
	drill.await(function() return tag end)
	assert(tag:find "^%(.+%-me%-%d+%):%x+%-1$", tag)
end

drill.run("cluster_client", function()
	clusterd = skynet.uniqueservice "clusterd"
	echo = skynet.newservice "drill_echo"
	names()
	local sender, address, port = nodes()
	requests(sender)
	proxies()
	senders(address, port)
	gate_messages()
	tag_log(sender)
end)
