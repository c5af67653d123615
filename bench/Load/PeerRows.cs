using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>The service, in memory only, beside what one would put together instead (bench/Load/peers). A peer whose tools are not on the machine is told as missing.</summary>
internal static class PeerRows
{
    private const string PythonVariable = "LIFELONG_PEER_PYTHON";
    private const int RowsOfChunk = 128;
    private static readonly string[] Calls = ["learn", "predict"];

    public static IEnumerable<Measurement> All =>
    [
        .. FastApi("FastAPI + River", "river_server.py", "river", "8 features in JSON", 8, Bodies.Small),
        .. FastApi("FastAPI + PyTorch", "torch_server.py", "torch", "784-256-10, floats in JSON", 784, Bodies.Network),
        new("peers", "NDJSON stream in memory only, 8 features, beside Vowpal Wabbit's daemon", VowpalAsync),
    ];

    private static string Python => Environment.GetEnvironmentVariable(PythonVariable) is { Length: > 0 } given ? given : "python3";

    private static IEnumerable<Measurement> FastApi(string peer, string script, string module, string what, int size, Func<Durability, CreateModelRequest> request) =>
        Calls.Select(call => new Measurement("peers", $"{call}, {what}, beside {peer}", async session =>
        {
            var name = $"{call}, {what}, beside {peer}";
            if (!await RunsAsync(Python, ["-c", $"import fastapi, uvicorn, {module}"], session.Ending))
            {
                return [Missing(name, peer, $"'{Python}' has no fastapi, uvicorn and {module}: install them, or name a Python that has them in {PythonVariable} (bench/Load/peers/README.md)")];
            }

            var (service, server) = (await session.ServiceAsync(), await session.PeerAsync("/livez", port => [Python, Path.Combine(Folder(), script), port]));
            var model = $"peer-{module}-{call}";
            await session.CreateAsync(service, model, request(Durability.None));
            await LoadRows.TeachAsync(session, service, model, size);
            var bodies = Bodies.Examples(size, call == "learn");
            var (rounds, last) = await session.RunAsync(
                result => result.CoreRate,
                (service, Bodies.Requests($"/v1/models/{model}/{call}", Bodies.Json, bodies), LoadRows.Connections),
                (server, Bodies.Requests($"/{call}", Bodies.Json, bodies), LoadRows.Connections));
            return [rounds.Row(name, peer, null, $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms with {LoadRows.Connections} connections; the peer {1e3 * last[1].P50:F2} and {1e3 * last[1].P99:F2} ms")];
        }));

    /// <summary>Rows of text with a label in, a prediction for each out, on one connection each.</summary>
    private static async Task<Row[]> VowpalAsync(LoadSession session)
    {
        const string Name = "NDJSON stream in memory only, 8 features, beside Vowpal Wabbit's daemon";
        if (!await RunsAsync("vw", ["--version"], session.Ending))
        {
            return [Missing(Name, "Vowpal Wabbit's daemon", "'vw' is not on the path (bench/Load/peers/README.md)")];
        }

        var service = await session.ServiceAsync();
        var vowpal = await session.PeerAsync(null, port => ["vw", "--daemon", "--foreground", "--quiet", "--num_children", "1", "--loss_function", "logistic", "--port", port]);
        await session.CreateAsync(service, "peer-vowpal", Bodies.Small(Durability.None));
        var bodies = Bodies.Examples(8, isLabelled: true);
        var ours = Enumerable.Repeat(RowChunk.Of([.. bodies.Take(RowsOfChunk).SelectMany(body => (byte[])[.. body, (byte)'\n'])], RowsOfChunk), int.MaxValue);
        var theirs = Enumerable.Repeat(new RowChunk([.. bodies.Take(RowsOfChunk).SelectMany(Vowpal)], RowsOfChunk), int.MaxValue);
        var rounds = new LoadRounds();
        await session.WarmUpAsync(service, OursAsync);
        for (var round = 0; round < session.Options.RoundCount; round++)
        {
            rounds.Add([(await OursAsync()).CoreRate, (await TheirsAsync()).CoreRate]);
        }

        return [rounds.Row(Name, "Vowpal Wabbit's daemon", null)];

        Task<LoadResult> OursAsync() => RowStream.RunAsync(service, RowProtocol.Http("/v1/models/peer-vowpal/stream", "application/x-ndjson"), ours, session.Options.Slice, session.Ending);
        Task<LoadResult> TheirsAsync() => RowStream.RunAsync(vowpal, RowProtocol.Lines, theirs, session.Options.Slice, session.Ending);
    }

    /// <summary>The same example as a line of Vowpal Wabbit's text.</summary>
    private static byte[] Vowpal(byte[] body)
    {
        using var example = JsonDocument.Parse(body);
        var line = new StringBuilder(example.RootElement.GetProperty("label").GetString() == "1" ? "1 |" : "-1 |");
        var index = 0;
        foreach (var number in example.RootElement.GetProperty("features").EnumerateArray())
        {
            line.Append(CultureInfo.InvariantCulture, $" {index++}:{number.GetRawText()}");
        }

        return Encoding.ASCII.GetBytes(line.Append('\n').ToString());
    }

    private static Row Missing(string name, string peer, string reason) => new() { Name = name, Reference = peer, Bar = null, Missing = reason };

    private static async Task<bool> RunsAsync(string command, string[] arguments, CancellationToken cancellation)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "peers");
}
