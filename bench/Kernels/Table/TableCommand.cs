using System.Diagnostics;
using System.Globalization;

namespace LifelongApi.Kernels.Table;

/// <summary>
/// <c>table [--json] [--quick] [--only PART,…] [--data DIR] [--core N]</c>: every bar of the core beside its reference, in interleaved rounds on one pinned core.
/// </summary>
internal static class TableCommand
{
    private static readonly (string Name, Func<TableSession, IEnumerable<Row>> Rows)[] Parts =
    [
        ("dense", NetworkRows.Dense),
        ("digits", NetworkRows.Digits),
        ("ewc", NetworkRows.Elastic),
        ("softmax", LinearRows.Softmax),
        ("logistic", LinearRows.Logistic),
        ("hashed", LinearRows.Hashed),
        ("squares", SquaresRows.All),
        ("start", SizeRows.Start),
        ("untouched", SizeRows.Untouched),
        ("memory", SizeRows.Memory),
        ("presets", PresetRows.All),
    ];

    public static int Run(string[] options)
    {
        var only = Report.Value(options, "--only")?.Split(',');
        if (only?.FirstOrDefault(name => Parts.All(part => part.Name != name)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no part '{unknown}'; there are {string.Join(", ", Parts.Select(part => part.Name))}.");
            return 2;
        }

        Pin(Report.Value(options, "--core"));
        var folder = Directory.CreateTempSubdirectory("lifelong-table-");
        try
        {
            var session = new TableSession(options.Contains("--quick"), Report.Value(options, "--data"), folder.FullName);
            var rows = Parts.Where(part => only is null || only.Contains(part.Name)).SelectMany(part => part.Rows(session));
            return Report.PrintAsync(rows.ToAsyncEnumerable(), options.Contains("--json")).GetAwaiter().GetResult();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>One core for everything: this process and the references that it starts.</summary>
    private static void Pin(string? core)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            using var process = Process.GetCurrentProcess();
            process.ProcessorAffinity = (nint)1 << int.Parse(core ?? "0", CultureInfo.InvariantCulture);
        }
    }
}
