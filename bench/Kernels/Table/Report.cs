using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LifelongApi.Kernels.Table;

/// <summary>Rows as lines of a table, and as one JSON object on the last line.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints rows as they come.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="json">Whether the last line is JSON.</param>
    /// <returns>The exit code: 3 where a bar is missed or could not be measured.</returns>
    public static async Task<int> PrintAsync(IAsyncEnumerable<Row> rows, bool json)
    {
        var all = new List<Row>();
        Console.WriteLine($"{"",-66} {"ours/s",12} {"reference/s",12} {"ratio",7} {"bar",6}");
        await foreach (var row in rows)
        {
            all.Add(row);
            Print(row);
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { Rows = all }, Json));
        }

        return all.All(row => row.Passed != false) ? 0 : 3;
    }

    /// <summary>The value after an option, or null.</summary>
    public static string? Value(string[] options, string name) =>
        Array.IndexOf(options, name) is var at and >= 0 && at + 1 < options.Length ? options[at + 1] : null;

    private static void Print(Row row)
    {
        var verdict = row.Passed switch { true => "reached", false when row.Missing is not null => "MISSING", false => "MISSED", null => string.Empty };
        Console.WriteLine($"{row.Name,-66} {Number(row.OursPerS),12} {Number(row.ReferencePerS),12} {Ratio(row.Ratio),7} {Ratio(row.Bar),6} {verdict,-8} {row.Reference}{(row.Missing ?? row.Note) switch { null => "", var more => "; " + more }}");
    }

    private static string Number(double? number) => number is { } value ? value.ToString(value < 100 ? "F2" : "N0", CultureInfo.InvariantCulture) : "-";

    private static string Ratio(double? number) => number is { } value ? value.ToString(value < 10 ? "F2" : "F1", CultureInfo.InvariantCulture) : "-";
}
