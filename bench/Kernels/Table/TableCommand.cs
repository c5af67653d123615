using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LifelongApi.Kernels.Table;

/// <summary>
/// <c>table [--json] [--quick] [--only PART,…] [--data DIR] [--core N]</c>: every bar of the core beside its reference, in interleaved rounds on one pinned core.
/// The exit code is 3 where a bar is missed or could not be measured.
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

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Run(string[] options)
    {
        var only = Value(options, "--only")?.Split(',');
        if (only?.FirstOrDefault(name => Parts.All(part => part.Name != name)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no part '{unknown}'; there are {string.Join(", ", Parts.Select(part => part.Name))}.");
            return 2;
        }

        Pin(Value(options, "--core"));
        var folder = Directory.CreateTempSubdirectory("lifelong-table-");
        try
        {
            var session = new TableSession(options.Contains("--quick"), Value(options, "--data"), folder.FullName);
            var rows = new List<Row>();
            Console.WriteLine($"{"",-66} {"ours/s",12} {"reference/s",12} {"ratio",7} {"bar",6}");
            foreach (var (name, make) in Parts.Where(part => only is null || only.Contains(part.Name)))
            {
                foreach (var row in make(session))
                {
                    rows.Add(row);
                    Print(row);
                }
            }

            if (options.Contains("--json"))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { Rows = rows }, Json));
            }

            return rows.All(row => row.Passed != false) ? 0 : 3;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Print(Row row)
    {
        var verdict = row.Passed switch { true => "reached", false when row.Missing is not null => "MISSING", false => "MISSED", null => string.Empty };
        Console.WriteLine($"{row.Name,-66} {Number(row.OursPerS),12} {Number(row.ReferencePerS),12} {Ratio(row.Ratio),7} {Ratio(row.Bar),6} {verdict,-8} {row.Reference}{(row.Missing ?? row.Note) switch { null => "", var more => "; " + more }}");
    }

    private static string Number(double? number) => number is { } value ? value.ToString(value < 100 ? "F2" : "N0", CultureInfo.InvariantCulture) : "-";

    private static string Ratio(double? number) => number is { } value ? value.ToString(value < 10 ? "F2" : "F1", CultureInfo.InvariantCulture) : "-";

    private static string? Value(string[] options, string name) =>
        Array.IndexOf(options, name) is var at and >= 0 && at + 1 < options.Length ? options[at + 1] : null;

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
