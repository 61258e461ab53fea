-- Our library over the services of another tree, which are played by those in `foreign`.
-- Ends in `TEST OK foreign_services` or `TEST FAILED foreign_services: why`.

local skynet = require "skynet"
local drill = require "drill"

local function heard(service)
	return skynet.call(service, "lua", "heard")
end

local function multicast()
	local multicast = require "skynet.multicast"
	local daemon = skynet.uniqueservice "multicastd"
	local got
	local channel = multicast.new { dispatch = function(_, source, ...) got = { source, ... } end }
	channel:subscribe()
	channel:publish("hello", 2)
	drill.await(function() return got end)
	drill.equal(got, { skynet.self(), "hello", 2 })
	channel:unsubscribe()
	channel:publish "unheard"
	channel:delete()
	drill.equal(heard(daemon), { "C NEW", "C SUB 1280", "C PUB 1280 pointer 8", "S USUB 1280", "C PUB 1280 pointer 8",
		"S DEL 1280" })
end

local function datacenter()
	local datacenter = require "skynet.datacenter"
	drill.values(table.pack(datacenter.get("a", "b")), "a.b")
	drill.equal(datacenter.set("a", "b", nil), "previous")
	drill.values(table.pack(datacenter.wait("a", 1)), "waited for a.1")
	drill.equal(heard "DATACENTER", { "C QUERY a b", "C UPDATE a b nil", "C WAIT a 1" })
end

local function functions_as_services()
	local service = require "skynet.service"
	local provider = skynet.uniqueservice "service_provider"
	local function code(first)
		local skynet = require "skynet"
		skynet.start(function()
			skynet.dispatch("lua", function() skynet.retpack(first) end)
		end)
	end
	local address = service.new("plain", code, 5)
	drill.equal(skynet.call(address, "lua"), 5)
	drill.equal(service.new("plain", code, 6), address)
	drill.equal(service.query "plain", address)
	drill.equal(service.new("booting", code), 0x4711)
	drill.raises("call failed", service.query, "bad")
	drill.equal(service.close "plain", true)
	drill.raises("call to invalid address", skynet.call, address, "lua")
	drill.equal(service.close "plain", false)
	local names = {}
	for i, line in ipairs(heard(provider)) do
		names[i] = line:match "^%S+ %S+ %S+"
	end
	drill.equal(names, { "C test plain", "C launch plain", "C test plain", "C test booting", "C query booting",
		"C query bad", "C close plain", "C close plain" })
end

local function snax()
	local snax = require "skynet.snax"
	local object = snax.newservice("snax_partner", "first")
	drill.equal(select("#", object.post.note("a", nil)), 0)
	drill.values(table.pack(object.req.noted()), 6, { n = 3, 5, "a" })
	drill.values(table.pack(snax.hotfix(object, "source", 1)), "source", 1)
	drill.raises("expected: the patch is bad", snax.hotfix, object, "bad")
	drill.equal(snax.profile_info(object).snax_partner.count, 1)
	snax.kill(object)
	drill.raises("call", object.req.noted)	-- it may still be leaving
end

local function cluster()
	local cluster = require "skynet.cluster"
	local daemon = skynet.uniqueservice "clusterd"
	drill.values(table.pack(cluster.call("node", "@name", "a", nil)), "@name", "a", nil)
	cluster.send("node", 5, "b")
	drill.equal(cluster.call("node", 0, "pushed"), { { 5, "b" } })
	drill.equal(cluster.query("node", "name"), 0)
	drill.raises("dest address type", cluster.call, "down", "@name")
	drill.values(table.pack(cluster.open(2000, 10)), "0.0.0.0", 2000)
	drill.values(table.pack(cluster.open "node"), "node", 2526)
	cluster.reload { node = false }
	cluster.reload()
	drill.equal(cluster.proxy "node@name", 0x99)
	cluster.register("name", 7)
	cluster.unregister "name"
	local lines = heard(daemon)
	lines[5] = lines[5]:gsub("table: 0x%x+", "table")
	drill.equal(lines, { "C sender node", "C sender down", "C listen 0.0.0.0 2000 10", "C listen node nil nil",
		"C reload table", "C reload nil", "C proxy node @name", "C register name 7", "C unregister name" })
	drill.equal(heard(cluster.get_sender "node")[1], "C req @name pointer " .. #skynet.packstring("a", nil))
end

local function debug_console()
	local socket = require "skynet.socket"
	local console = skynet.newservice("debug_console", 0)
	local target = skynet.newservice "drill_echo"
	local port
	for _, info in ipairs(socket.netstat()) do
		port = info.address == console and info.sock:match ":(%d+)$" or port
	end
	local fd = assert(socket.open("127.0.0.1", tonumber(port)))
	socket.readline(fd)
	local function say(line, pattern)
		socket.write(fd, line .. "\n")
		local text = ""
		while not text:find(pattern) do
			text = text .. assert(socket.read(fd), text)
		end
	end
	say("debug :fffff0", "^Debugger attach failed\n<CMD Error>\n$")
	say("debug " .. skynet.address(target), "^:%x+>$")
	say("1 + 1", "^2\t\n:%x+>$")
	say("cont", "^<CMD OK>\n$")
	socket.close(fd)
end

drill.run("foreign_services", function()
	multicast()
	datacenter()
	functions_as_services()
	snax()
	cluster()
	debug_console()
end)
