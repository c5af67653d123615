using LifelongApi.Learning.Features;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>Named features as the columns of one tensor: standardised as they stand now, missing (NaN) as nothing, categories as ones, and each where the model reads it.</summary>
internal static class NamedExport
{
    /// <summary>Declares the input.</summary>
    public static string Declare(GraphWriter writer, NamedColumns named)
    {
        writer.Input("features", DataType.Float, 0, named.Columns.Count);
        return "features";
    }

    /// <summary>The activity of the input population, as doubles.</summary>
    public static string Write(GraphWriter writer, string numbers, NamedColumns named, int units)
    {
        var columns = named.Columns;
        var places = columns.Select(column => column.Place).ToList();
        var parts = new List<string> { Standardised(writer, numbers, columns) };
        var categories = columns.SelectMany((column, i) => column.Categories.Select(category => (Column: i, category.Value, category.Place))).ToList();
        if (categories.Count > 0)
        {
            var picked = writer.Pick(numbers, categories.Select(category => (long)category.Column));
            parts.Add(writer.Cast(writer.Node("Equal", picked, writer.Single([.. categories.Select(category => category.Value)], categories.Count)), DataType.Float));
            places.AddRange(categories.Select(category => category.Place));
        }

        // One more column of nothing, for places that nobody has.
        parts.Add(writer.Node("Mul", writer.Pick(parts[0], [0L]), writer.Single([0f], 1)));
        return writer.Cast(Placed(writer, writer.Join(parts), places, units), DataType.Double);
    }

    private static string Standardised(GraphWriter writer, string numbers, IReadOnlyList<NamedColumn> columns)
    {
        const float Limit = RunningMoments.LargestDeviation;
        var centred = writer.Node("Sub", numbers, writer.Single([.. columns.Select(column => column.Mean)], columns.Count));
        var scaled = writer.Node("Div", centred, writer.Single([.. columns.Select(column => column.Deviation is > 0f and var deviation ? deviation : 1f)], columns.Count));
        var low = writer.Single([.. columns.Select(column => column.Deviation is null ? float.MinValue : -Limit)], columns.Count);
        var high = writer.Single([.. columns.Select(column => column.Deviation is null ? float.MaxValue : Limit)], columns.Count);
        var limited = writer.Node("Min", writer.Node("Max", scaled, low), high);
        var known = writer.Node("Mul", limited, writer.Single([.. columns.Select(column => column.Deviation == 0f ? 0f : 1f)], columns.Count));

        // Not a number compares with nothing, so what is missing is left out like what is too large to be squared.
        var isThere = writer.Node("LessOrEqual", writer.Node("Abs", numbers), writer.Single([RunningMoments.LargestNumber], 1));
        return writer.Node("Where", isThere, known, writer.Single([0f], 1));
    }

    /// <summary>Columns at their places; the last column where there is none.</summary>
    private static string Placed(GraphWriter writer, string columns, List<int> places, int units)
    {
        var order = Enumerable.Repeat((long)places.Count, units).ToArray();
        for (var column = 0; column < places.Count; column++)
        {
            order[places[column]] = column;
        }

        return writer.Pick(columns, order);
    }
}
