-- A gate tells what it listens on: in the words of its configuration, and once it does.
-- Roles: none runs the test; "gate" has the log lines of its service as results.
-- Ends in `TEST OK gate_listens` or `TEST FAILED gate_listens: why`.

local skynet = require "skynet"

if ... == "gate" then
	local lines = {}
	local log = skynet.error
	function skynet.error(...)
		lines[#lines + 1] = table.concat({ ... }, " ")
		log(...)
	end
	local handler = { connect = function() end, message = function() end }
	function handler.command()
		return lines
	end
	return require "snax.gateserver".start(handler)
end

local socket = require "skynet.socket"
local drill = require "drill"

local HOST <const> = "127.0.0.1"

local function lines_of(gate)
	return skynet.call(gate, "lua", "lines")
end

drill.run("gate_listens", function()
	local taken, _, port = socket.listen(HOST, 0)
	local gate = skynet.newservice(SERVICE_NAME, "gate")
	drill.raises("call failed", skynet.call, gate, "lua", "open", { address = HOST, port = port })
	drill.equal(lines_of(gate), {})
	socket.close(taken)
	local conf = { address = HOST, port = port }
	gate = skynet.newservice(SERVICE_NAME, "gate")
	drill.await(function() return pcall(skynet.call, gate, "lua", "open", conf) end)
	drill.equal(lines_of(gate), { ("Listen on %s %d"):format(HOST, port) })
	gate = skynet.newservice(SERVICE_NAME, "gate")
	skynet.call(gate, "lua", "open", { address = HOST .. ":0" })
	drill.equal(lines_of(gate), { "Listen on " .. HOST .. ":0" })
	gate = skynet.newservice(SERVICE_NAME, "gate")
	skynet.call(gate, "lua", "open", { port = 0 })
	assert(lines_of(gate)[1]:find "^Listen on 0%.0%.0%.0 [1-9]%d+$")
end)
