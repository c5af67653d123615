using System.Diagnostics;
using System.Globalization;

namespace LifelongApi.Load;

/// <summary>How a run is measured.</summary>
/// <param name="IsQuick">Three short rounds instead of five long ones.</param>
/// <param name="ServerCore">Core of the server.</param>
/// <param name="DriverCore">Core of this driver.</param>
/// <param name="Data">Folder with <c>mnist</c>, or null: what lies as digits do.</param>
/// <param name="Root">Where the servers were built, so that two builds can be compared; null: where this driver was.</param>
internal sealed record LoadOptions(bool IsQuick, int ServerCore, int DriverCore, string? Data, string? Root)
{
    /// <summary>Rounds, each of every side.</summary>
    public int RoundCount => IsQuick ? 3 : 5;

    /// <summary>Seconds of one side of a round.</summary>
    public double Slice => IsQuick ? 1 : 3;

    /// <summary>Core seconds that a server works before it is measured, so that what is hot is compiled as it stays.</summary>
    public double WarmUp => IsQuick ? 6 : 12;

    /// <summary>Longest time of one measurement; beyond it its servers are ended and it has failed.</summary>
    public TimeSpan Limit => TimeSpan.FromSeconds(IsQuick ? 180 : 600);

    /// <summary>Both cores, as <c>taskset</c> takes them.</summary>
    public string BothCores => string.Create(CultureInfo.InvariantCulture, $"{ServerCore},{DriverCore}");

    /// <summary>Puts every thread of this process, and so what it starts from then on, on some cores.</summary>
    /// <param name="cores">As <c>taskset</c> takes them.</param>
    public static async Task PinSelfAsync(string cores)
    {
        // Process.ProcessorAffinity moves the first thread only.
        using var pinning = Process.Start(new ProcessStartInfo("taskset", ["-a", "-c", "-p", cores, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        await pinning.StandardOutput.ReadToEndAsync();
        await pinning.WaitForExitAsync();
        if (pinning.ExitCode != 0)
        {
            throw new InvalidOperationException($"taskset could not put the driver on core {cores}.");
        }
    }
}
