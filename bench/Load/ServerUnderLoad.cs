using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace LifelongApi.Load;

/// <summary>A server in a process of its own, as it was built in Release.</summary>
internal sealed class ServerUnderLoad : IAsyncDisposable
{
    private const int MostLines = 12;
    private const string CompilingThread = ".NET Tiered Com";
    private const double TicksPerSecond = 100;
    private readonly Process _process;
    private readonly Queue<string> _lines = new();

    private ServerUnderLoad(Process process, int port)
    {
        (_process, Port) = (process, port);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }

    /// <summary>Seconds of a core that the server has used.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Seconds of a core that its runtime has used to compile what is hot; 0 where it is not of .NET. The thread ends when there is nothing to do, and its time with it.</summary>
    public double CompilingSeconds => Directory.EnumerateDirectories($"/proc/{_process.Id}/task").Sum(CompilingSecondsOf);

    /// <summary>The last lines that it printed.</summary>
    public string LastWords
    {
        get
        {
            lock (_lines)
            {
                return string.Join(" / ", _lines);
            }
        }
    }

    /// <summary>The service on a store, with more settings.</summary>
    public static Task<ServerUnderLoad> ServiceAsync(LoadSession session, string connectionString, bool onBothCores, params string[] settings) =>
        StartAsync(session, "src/Api", "LifelongApi.Api.dll", "/readyz", onBothCores, ["--ConnectionStrings:Lifelong", connectionString, .. settings]);

    /// <summary>The bare endpoints; with a connection string also the one that inserts.</summary>
    public static Task<ServerUnderLoad> BareAsync(LoadSession session, string? insert = null) =>
        StartAsync(session, "bench/Load/Bare", "LifelongApi.Bare.dll", "/livez", onBothCores: false, insert is null ? [] : ["--ConnectionStrings:Insert", insert]);

    /// <summary>A server that is not ours, on the server's core.</summary>
    /// <param name="session">The run.</param>
    /// <param name="probe">Path that answers once it is ready; null: it is ready when it takes connections.</param>
    /// <param name="command">Its command line for a port.</param>
    public static Task<ServerUnderLoad> PeerAsync(LoadSession session, string? probe, Func<string, string[]> command)
    {
        var port = FreePort();
        var line = command(port.ToString(CultureInfo.InvariantCulture));
        return StartAsync(session, Path.GetFileName(line[^1]), line, port, probe, onBothCores: false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static Task<ServerUnderLoad> StartAsync(LoadSession session, string project, string assembly, string probe, bool onBothCores, params string[] options)
    {
        var path = Path.Combine(session.Options.Root ?? Root(), project, "bin", "Release", "net10.0", assembly);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing; build the solution in Release first.");
        }

        var port = FreePort();
        var dotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        return StartAsync(session, assembly, [dotnet, "exec", path, "--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"), .. options], port, probe, onBothCores);
    }

    private static async Task<ServerUnderLoad> StartAsync(LoadSession session, string name, string[] command, int port, string? probe, bool onBothCores)
    {
        var cores = onBothCores ? session.Options.BothCores : session.Options.ServerCore.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("taskset", ["-c", cores, .. command])
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new ServerUnderLoad(Process.Start(start)!, port);
        try
        {
            await server.WaitUntilReadyAsync(probe is null ? null : new Uri($"http://127.0.0.1:{port}{probe}"), session.Ending);
            return server;
        }
        catch (Exception failure)
        {
            var words = server.LastWords;
            await server.DisposeAsync();
            throw new InvalidOperationException($"{name} did not start: {failure.Message} {words}", failure);
        }
    }

    private async Task WaitUntilReadyAsync(Uri? probe, CancellationToken ending)
    {
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                if (probe is null)
                {
                    using var connection = await HttpConnection.OpenAsync(Port);
                    return;
                }

                using var answer = await http.GetAsync(probe, ending);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (Exception early) when (early is HttpRequestException or SocketException && !_process.HasExited)
            {
                await Task.Delay(100, ending);
            }
        }
    }

    private static double CompilingSecondsOf(string thread)
    {
        try
        {
            if (File.ReadAllText(Path.Combine(thread, "comm")).Trim() != CompilingThread)
            {
                return 0;
            }

            // proc(5): after the name in brackets come the state, ten more fields, and the ticks of user and system time.
            var stat = File.ReadAllText(Path.Combine(thread, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }

    private void Hear(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line.Trim());
            if (_lines.Count > MostLines)
            {
                _lines.Dequeue();
            }
        }
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(path, "..", "..", ".."));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
