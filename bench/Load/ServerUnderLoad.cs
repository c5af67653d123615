using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace LifelongApi.Load;

/// <summary>A server in a process of its own on core 0, as it was built in Release.</summary>
internal sealed class ServerUnderLoad : IAsyncDisposable
{
    private readonly Process _process;

    private ServerUnderLoad(Process process, int port) => (_process, Port) = (process, port);

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

    /// <summary>The service on a store.</summary>
    public static Task<ServerUnderLoad> ServiceAsync(string connectionString, string cores = "0") =>
        StartAsync("src/Api", "LifelongApi.Api.dll", "/readyz", cores, "--ConnectionStrings:Lifelong", connectionString);

    /// <summary>The bare endpoints; with a connection string also the one that inserts.</summary>
    public static Task<ServerUnderLoad> BareAsync(string? insert = null) =>
        StartAsync("bench/Load/Bare", "LifelongApi.Bare.dll", "/livez", "0", insert is null ? [] : ["--ConnectionStrings:Insert", insert]);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static async Task<ServerUnderLoad> StartAsync(string project, string assembly, string probe, string cores, params string[] options)
    {
        var path = Path.Combine(Root(), project, "bin", "Release", "net10.0", assembly);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing; build the solution in Release first.");
        }

        var port = FreePort();
        var start = new ProcessStartInfo("taskset", ["-c", cores, Environment.ProcessPath!, "exec", path, "--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"), .. options])
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
        };
        start.FileName = "taskset";
        start.ArgumentList[2] = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var server = new ServerUnderLoad(process, port);
        using var http = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}{probe}"));
                answer.EnsureSuccessStatusCode();
                return server;
            }
            catch (HttpRequestException) when (attempt < 600 && !process.HasExited)
            {
                await Task.Delay(100);
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
