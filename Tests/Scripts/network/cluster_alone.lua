-- skynet.cluster with a node that calls itself over a real connection, and a peer made of bytes.
-- Roles: none runs the test; "server" answers.
-- Ends in `TEST OK cluster_alone` or `TEST FAILED cluster_alone: why`.

local skynet = require "skynet"
local cases = require "cases"

local HOST = "127.0.0.1"

local function run_server()
	local pushed = {}
	local CMD = {}

	function CMD.echo(...)
		return ...
	end

	function CMD.sleep(ticks, ...)
		skynet.sleep(ticks)
		return ...
	end

	function CMD.push(text)
		pushed[#pushed + 1] = text
	end

	function CMD.pushed()
		return pushed
	end

	function CMD.forget()
		pushed = {}
	end

	function CMD.tag()
		return skynet.tracetag()
	end

	function CMD.raise()
		error "asked to"
	end

	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd, ...)
			skynet.retpack(CMD[cmd](...))
		end)
	end)
end

local cluster, socket, server

local CASE = {}

function CASE.calls_by_name_and_by_handle()
	assert(cluster.call("self", "@server", "echo", 1, nil, "three") == 1)
	local list = table.pack(cluster.call("self", server, "echo", 1, nil, "three"))
	assert(list.n == 3 and list[2] == nil and list[3] == "three")
	assert(table.pack(cluster.call("self", ".launcher", "LIST")).n == 1)
	assert(cluster.query("self", "server") == server)
	assert(not pcall(cluster.query, "self", "nobody"))
end

function CASE.large_messages_go_in_parts()
	for _, size in ipairs { 32700, 32767, 32768, 32769, 65536, 300000 } do
		local text = ("x"):rep(size)
		assert(cluster.call("self", "@server", "echo", text) == text)
	end
end

function CASE.answers_come_in_any_order()
	local order, token = {}, {}
	for i, ticks in ipairs { 6, 3, 0 } do
		skynet.fork(function()
			local answer = cluster.call("self", "@server", "sleep", ticks, i)
			order[#order + 1] = answer
			if #order == 3 then
				skynet.wakeup(token)
			end
		end)
	end
	skynet.wait(token)
	assert(table.concat(order) == "321")
end

function CASE.pushes_keep_their_order_even_before_there_is_a_sender()
	cluster.call("self", "@server", "forget")
	cluster.reload { later = cluster.address }
	for i = 1, 5 do
		cluster.send("later", "@server", "push", "early " .. i)
	end
	cluster.send("later", "@server", "push", ("y"):rep(100000))
	local pushed
	repeat
		pushed = cluster.call("later", "@server", "pushed")
	until #pushed == 6
	for i = 1, 5 do
		assert(pushed[i] == "early " .. i)
	end
	assert(#pushed[6] == 100000)
end

function CASE.failures_are_call_failed()
	local function fails(...)
		local ok, why = pcall(cluster.call, ...)
		assert(not ok and why:find "call failed", why)
	end
	fails("self", "@server", "raise")
	fails("self", "@nobody", "echo")
	fails("self", 0xfffff0, "echo")
	assert(cluster.call("self", "@server", "echo", "fine") == "fine")
end

function CASE.names_are_taken_once_and_move()
	assert(not pcall(cluster.register, "server", skynet.self()))
	cluster.register("renamed", server)
	assert(cluster.call("self", "@renamed", "echo", 1) == 1)
	assert(not pcall(cluster.call, "self", "@server", "echo", 1))
	cluster.unregister "nobody"
	cluster.unregister "renamed"
	assert(not pcall(cluster.query, "self", "renamed"))
	cluster.register("server", server)
	assert(cluster.query("self", "server") == server)
end

function CASE.proxies_stand_in()
	local proxy = cluster.proxy("self", "@server")
	assert(cluster.proxy "self@server" == proxy)
	assert(skynet.call(proxy, "lua", "echo", "through", 2) == "through")
	skynet.send(proxy, "lua", "push", "by proxy")
	local pushed
	repeat
		pushed = skynet.call(proxy, "lua", "pushed")
	until pushed[#pushed] == "by proxy"
	assert(not pcall(skynet.call, proxy, "lua", "raise"))
end

function CASE.nodes_may_be_unknown_down_and_back()
	local answer, token = nil, {}
	skynet.fork(function()
		answer = cluster.call("unborn", "@server", "echo", "born")
		skynet.wakeup(token)
	end)
	skynet.yield()
	cluster.reload { unborn = cluster.address }
	if not answer then
		skynet.wait(token)
	end
	assert(answer == "born")

	cluster.reload { __nowaiting = true }
	local ok, why = pcall(cluster.call, "nowhere", "@server", "echo")
	assert(not ok and why:find "dest address type %(nil%) must be a string or number%.")
	cluster.reload { __nowaiting = false, down = false }
	ok, why = pcall(cluster.call, "down", "@server", "echo")
	assert(not ok and why:find "dest address type %(nil%)")
	cluster.send("down", "@server", "push", "into the void")

	cluster.reload { unborn = false }
	repeat
		ok = pcall(cluster.call, "unborn", "@server", "echo", 1)
	until not ok
	cluster.reload { unborn = cluster.address }
	repeat
		ok, answer = pcall(cluster.call, "unborn", "@server", "echo", "back")
	until ok
	assert(answer == "back")
	assert(not pcall(cluster.reload, { bad = 1 }))
	assert(not pcall(cluster.open, "no such node"))
end

function CASE.snax_objects_reach_over()
	local snax = require "skynet.snax"
	local here = snax.uniqueservice "cluster_snax"
	local there = cluster.snax("self", "cluster_snax")
	assert(there.handle ~= here.handle and there.type == "cluster_snax")
	assert(there.req.add(1, 2) == 3)
	there.post.note "over the wire"
	local noted
	repeat
		noted = there.req.noted()
	until noted
	assert(noted == "over the wire" and here.req.noted() == noted)
	assert(cluster.snax("self", "cluster_snax", here.handle).req.add(2, 3) == 5)
	assert(not pcall(there.req.add, "not", "numbers"))
end

function CASE.tags_travel_with_the_request()
	assert(cluster.call("self", "@server", "tag") == nil)
	skynet.fork(skynet.trace)
	local tag, token = nil, {}
	skynet.fork(function()
		skynet.trace()
		tag = cluster.call("self", "@server", "tag")
		skynet.wakeup(token)
	end)
	skynet.wait(token)
	assert(tag:find "^%(.+%-self%-%d+%):%x+%-%d+$", tag)
	assert(cluster.call("self", "@server", "tag") == nil, "the tag was for one request")
end

function CASE.one_sender_serves_a_node()
	local sender = cluster.get_sender "self"
	assert(math.type(sender) == "integer" and cluster.get_sender "self" == sender)
	cluster.reload { absent = false }
	assert(cluster.get_sender "absent" == nil)
end

local function free_port()
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	return port
end

function CASE.nodes_come_from_a_file()
	local path = os.tmpname()
	local function write(text)
		local file = assert(io.open(path, "w"))
		file:write(text)
		file:close()
	end
	skynet.setenv("cluster", path)
	local port = free_port()
	write(('from_file = "%s:%d"\nout_of_use = false\n'):format(HOST, port))
	cluster.reload()
	local address, opened = cluster.open "from_file"
	assert(address == HOST and opened == port)
	assert(cluster.call("from_file", "@server", "echo", "named") == "named")
	assert(cluster.get_sender "out_of_use" == nil)
	for _, text in ipairs { "this is no Lua", "bad = 5", "os.exit()", "__unknown = true" } do
		write(text)
		assert(not pcall(cluster.reload), text)
	end
	assert(cluster.call("from_file", "@server", "echo", "still") == "still")
	os.remove(path)
	assert(not pcall(cluster.reload))
end

local function hex(text)
	return (text:gsub("%X", ""):gsub("%x%x", function(digits)
		return string.char(tonumber(digits, 16))
	end))
end

function CASE.garbage_stays_in_its_connection(port)
	local fd = assert(socket.open(HOST, port))
	socket.write(fd, hex "0003 ff0102")
	socket.write(fd, hex "0000")
	-- A last part that had no start, and then a request as a peer would write it: @server echo 10.
	socket.write(fd, hex "0006 03 07000000 ff")
	socket.write(fd, hex "0014 80 07 40736572766572 01000000 24 6563686f 0a0a")
	local function read_packet()
		local size = string.unpack(">I2", assert(socket.read(fd, 2)))
		return assert(socket.read(fd, size))
	end
	assert(read_packet() == hex "07000000 00" .. "Invalid name")
	assert(read_packet() == hex "01000000 01 0a0a")
	socket.close(fd)
	assert(cluster.call("self", "@server", "echo", "unharmed") == "unharmed")
end

local function run_all()
	cluster = require "skynet.cluster"
	socket = require "skynet.socket"
	local _, port = cluster.open(0)
	cluster.address = HOST .. ":" .. port
	cluster.reload { self = cluster.address }
	server = skynet.newservice(SERVICE_NAME, "server")
	cluster.register("server", server)
	cases.run(CASE, nil, port)
end

-- What comes back may be garbage as well; it costs the calls to that node, and nothing else.
function CASE.peers_that_answer_garbage_are_given_up()
	local listener, _, port = socket.listen(HOST, 0)
	local answer
	socket.start(listener, function(fd)
		socket.start(fd)
		socket.read(fd, 2)
		socket.write(fd, answer)
		socket.readall(fd)
		socket.close(fd)
	end)
	cluster.reload { liar = HOST .. ":" .. port }
	for _, digits in ipairs {
		"0000", "0001 ff", "0005 01000000 09", "0006 01000000 0201", "000a ffffffff 01 0a0a0a0a0a",
		"0009 01000000 02 ffffffff 0006 01000000 04 0a",
	} do
		answer = hex(digits)
		local closed, token = false, {}
		skynet.fork(function()
			skynet.sleep(20)
			-- An answer to nobody is ignored; the connection then ends, and the call with it.
			cluster.reload { liar = false }
			closed = true
			skynet.wakeup(token)
		end)
		assert(not pcall(cluster.call, "liar", "@server", "echo", 1), digits)
		if not closed then
			skynet.wait(token)
		end
		cluster.reload { liar = HOST .. ":" .. port }
		assert(cluster.call("self", "@server", "echo", "unharmed") == "unharmed")
	end
	cluster.reload { liar = false }
	socket.close(listener)
end

if ... then
	run_server()
else
	cases.report("cluster_alone", run_all)
end
