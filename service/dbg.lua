-- Accepts no messages: it passes its arguments to the launcher as one command, prints the table it gets, and exits.
-- `dbg LIST`, `dbg MEM`, `dbg KILL :00000009` ...

local skynet = require "skynet"
local layout = require "skynet.debugconsole.layout"

local arguments = table.pack(...)

skynet.start(function()
	local ok, answer = pcall(skynet.call, ".launcher", "lua", table.unpack(arguments, 1, arguments.n))
	if ok then
		io.write(layout.result(answer))
		io.flush()
	else
		skynet.error("dbg", table.concat(arguments, " "), answer)
	end
	skynet.exit()
end)
