-- Limits its memory to what its own data need and a little more: the code that it shares with other services is not
-- part of that. Answers `lua` messages: fits(KiB), reload(file, times).
local skynet = require "skynet"

-- Code that a service in skynet has in common with all others.
for _, name in ipairs { "skynet.cluster", "http.httpc", "http.httpd", "http.websocket", "skynet.db.redis", "skynet.snax",
	"skynet.socketchannel", "sprotoparser", "bson", "skynet.dns" } do
	require(name)
end

local CODE_KIB <const> = 100 -- at the least, of all these modules
local SPARE_KIB <const> = 512

collectgarbage()
skynet.memlimit(math.floor((collectgarbage "count" - CODE_KIB + SPARE_KIB) * 1024))

local kept
local CMD = {}

--- Whether so much more of data fits.
function CMD.fits(kibibytes)
	kept = nil
	collectgarbage()
	local ok, err = pcall(function()
		local pieces = {}
		for i = 1, kibibytes do
			pieces[i] = ("x"):rep(900) .. i
		end
		kept = pieces
	end)
	return ok, err
end

--- Loads a file again and again, and keeps nothing of it.
function CMD.reload(file, times)
	for _ = 1, times do
		assert(loadfile(file))
	end
	collectgarbage()
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
end)
