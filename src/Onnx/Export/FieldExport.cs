using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;

namespace LifelongApi.Onnx.Export;

/// <summary>
/// Fields of inputs that go together, each normalised by itself and met by four filters, and random units beside them (<see cref="Learning.Projections.FieldProjection"/>). Fields are
/// written as long as the largest; beyond a field's own inputs scales and filters are zero, and a field that has not formed has none.
/// </summary>
internal static class FieldExport
{
    private const int Filters = 4;
    private const float ContrastFloor = 0.1f;
    private const float LeastVariance = 1e-6f;

    /// <summary>Writes the drive of the filters, then that of the random units.</summary>
    public static string Write(GraphWriter writer, ProjectionSpec projection, FieldConnectionSpec spec, string activity, Model model)
    {
        var (fields, inputs) = (spec.Fields, spec.Inputs);
        var units = model.ReadIntegers($"{projection.Name}.units").Select(unit => (long)unit);
        var offset = writer.Node("Sub", writer.Reshape(writer.Pick(activity, units), -1, fields, inputs), writer.Constant(model.ReadSlot($"{projection.Name}.means")));
        var held = writer.Node("Mul", offset, writer.Constant(model.ReadSlot($"{projection.Name}.scales")));

        var sizes = Enumerable.Range(0, fields).Select(spec.SizeOf).ToArray();
        var share = writer.Constant([.. sizes.Select(size => 1f / size)], fields, 1);
        var isOwn = writer.Constant([.. sizes.SelectMany(size => Enumerable.Range(0, inputs).Select(i => i < size ? 1f : 0f))], fields, inputs);
        var mean = writer.Node("Mul", writer.RowSum(held, inputs), share);
        var centred = writer.Node("Mul", writer.Node("Sub", held, mean), isOwn);
        var variance = writer.Node("Mul", writer.RowSum(writer.Node("Mul", centred, centred), inputs), share);
        var normalised = writer.Node("Div", centred, writer.Node("Sqrt", writer.Node("Add", variance, writer.Exact(ContrastFloor))));

        var products = writer.Node("MatMul", writer.Reshape(normalised, -1, fields, 1, inputs), ByField(writer, model.ReadSlot($"{projection.Name}.weights"), fields));
        var answers = writer.Node("Add", writer.Reshape(products, -1, fields, Filters), writer.Constant(model.ReadSlot($"{projection.Name}.offsets").Values, fields, Filters));
        var drive = writer.Reshape(writer.Node("Mul", answers, writer.AtLeast(variance, writer.Exact(LeastVariance))), -1, fields * Filters);
        return spec.Random == 0 ? drive : writer.Join([drive, Random(writer, model.ReadSlot($"{projection.Name}.randomWeights"), activity)]);
    }

    /// <summary>Filters as one matrix a field.</summary>
    private static string ByField(GraphWriter writer, LearnedMatrix weights, int fields)
    {
        var values = new float[weights.Values.Length];
        for (var row = 0; row < weights.Rows; row++)
        {
            for (var column = 0; column < weights.Columns; column++)
            {
                values[(((column / Filters * weights.Rows) + row) * Filters) + (column % Filters)] = weights.Values[(row * weights.Columns) + column];
            }
        }

        return writer.Constant(values, fields, weights.Rows, Filters);
    }

    /// <summary>x · W + the last row.</summary>
    private static string Random(GraphWriter writer, LearnedMatrix weights, string activity)
    {
        var inputs = (weights.Rows - 1) * weights.Columns;
        var product = writer.Node("MatMul", activity, writer.Constant(weights.Values[..inputs], weights.Rows - 1, weights.Columns));
        return writer.Node("Add", product, writer.Constant(weights.Values[inputs..], weights.Columns));
    }
}
