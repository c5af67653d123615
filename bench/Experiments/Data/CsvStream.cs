using System.Globalization;

namespace LifelongApi.Experiments.Data;

/// <summary>A CSV file as a stream of named features with a label; numbers stay numbers, everything else is text.</summary>
internal sealed class CsvStream
{
    private CsvStream(string[] names, List<(object?[] Values, string Label)> rows)
    {
        Names = names;
        Rows = rows;
    }

    public string[] Names { get; }

    public List<(object?[] Values, string Label)> Rows { get; }

    public static CsvStream Read(string path, string labelColumn)
    {
        using var reader = new StreamReader(path);
        var header = reader.ReadLine()!.Split(',').Select(name => name.Trim('"')).ToArray();
        var label = Array.IndexOf(header, labelColumn);
        if (label < 0)
        {
            throw new ArgumentException($"{path} has no column '{labelColumn}'; it has {string.Join(", ", header)}.");
        }

        var rows = new List<(object?[], string)>();
        while (reader.ReadLine() is { } line)
        {
            var cells = line.Split(',');
            var values = cells.Where((_, i) => i != label)
                .Select(cell => cell.Length == 0 ? null : double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? (object)number : cell.Trim('"'))
                .ToArray();
            rows.Add((values, cells[label].Trim('"')));
        }

        return new CsvStream([.. header.Where((_, i) => i != label)], rows);
    }
}
