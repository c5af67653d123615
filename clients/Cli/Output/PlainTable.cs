using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LifelongApi.Cli.Output;

/// <summary>Tables that can be read in a terminal and cut in a pipe: a line per row, and no column that holds nothing.</summary>
internal static class PlainTable
{
    private const int PipeWidth = 240;

    /// <summary>Where the output is no terminal there is no width to fit into.</summary>
    internal static void UseWidthOfOutput()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = PipeWidth;
        }
    }

    internal static IRenderable Of(string? title, string[] columns, IReadOnlyList<string[]> rows)
    {
        var kept = Enumerable.Range(0, columns.Length).Where(column => rows.Count == 0 || rows.Any(row => row[column].Length > 0)).ToArray();
        var table = new Table { Border = TableBorder.Simple, ShowRowSeparators = false };
        foreach (var column in kept)
        {
            var isNumber = rows.All(row => row[column].Length == 0 || double.TryParse(row[column], NumberStyles.Any, CultureInfo.InvariantCulture, out _));
            table.AddColumn(new TableColumn(new Text(columns[column])) { NoWrap = true, Alignment = isNumber ? Justify.Right : Justify.Left });
        }

        foreach (var row in rows)
        {
            table.AddRow(kept.Select(column => new Text(row[column])));
        }

        return title is null ? table : new Spectre.Console.Rows(new Text(title), table);
    }
}
