using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;

namespace LifelongApi.Onnx.Export;

/// <summary>Direct links and random enhancement units side by side (<see cref="Learning.Projections.FunctionalLinkProjection"/>): one gathered column block for each input that the units ask for.</summary>
internal static class FunctionalLinkExport
{
    private const double Scale = 0.5;

    /// <summary>Writes the direct links, then the enhancement units.</summary>
    public static string Write(GraphWriter writer, ProjectionSpec projection, FunctionalLinkConnectionSpec spec, string activity, Model model)
    {
        var weights = model.ReadSlot($"{projection.Name}.weights");
        var units = model.ReadIntegers($"{projection.Name}.units");
        var columns = weights.Columns;
        if (model.ReadLongs($"{projection.Name}.counts")[0] < spec.FormingEvents)
        {
            return writer.Join([activity, writer.Zeros(activity, columns)]);
        }

        var sums = string.Empty;
        for (var input = 0; input < spec.Inputs; input++)
        {
            var asked = writer.Pick(activity, units[(input * columns)..((input + 1) * columns)].Select(unit => (long)unit));
            var weighted = writer.Node("Mul", asked, Row(writer, weights, input));
            sums = input == 0 ? weighted : writer.Node("Add", sums, weighted);
        }

        var enhanced = writer.Node("Relu", writer.Node("Add", sums, Row(writer, weights, spec.Inputs)));
        return writer.Join([activity, writer.Node("Mul", enhanced, writer.Exact(Scale))]);
    }

    private static string Row(GraphWriter writer, LearnedMatrix weights, int row) =>
        writer.Constant(weights.Values[(row * weights.Columns)..((row + 1) * weights.Columns)], weights.Columns);
}
