using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Compilation;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>Heads of numbers: drives to values in the unit of the targets.</summary>
internal static class ValueHeadExport
{
    private const double LargestAnswer = 10d;
    private const double LeastVariance = 1e-8f;
    private const float NoSpread = 1e-24f;

    /// <summary>Writes the values.</summary>
    public static void Write(GraphWriter writer, IReadOnlyDictionary<string, string> drives, Model model)
    {
        var size = model.Spec.Target.Size ?? 1;
        var values = model.Spec.Network.Head switch
        {
            RegressionHeadSpec regression => Regression(writer, regression, drives[HeadOutputs.Of(model.Spec.Network)[0]], model, size),
            ValueEnsembleHeadSpec ensemble => Mixture(writer, ensemble, drives, model, size),
            var head => throw HeadExport.Unknown(head),
        };
        writer.Output(values, "values", DataType.Float, 0, size);
    }

    private static string Regression(GraphWriter writer, RegressionHeadSpec regression, string drive, Model model, int size)
    {
        if (!regression.Standardise)
        {
            return drive;
        }

        var count = model.ReadLongs("head.targetCount")[0];
        var deviations = model.ReadSlot("head.targetSquares").Values[..size].Select(square => count >= 2 && square / count > NoSpread ? MathF.Sqrt(square / count) : 1f);
        return InUnits(writer, drive, [.. deviations], model.ReadSlot("head.targetMean").Values[..size]);
    }

    /// <summary>The mean of an average and a stack of members limited to ±10; the last target and the recent mean are members too, and constants (<see cref="Learning.Heads.ValueEnsembleHead"/>).</summary>
    private static string Mixture(GraphWriter writer, ValueEnsembleHeadSpec ensemble, IReadOnlyDictionary<string, string> drives, Model model, int size)
    {
        var mean = model.ReadSlot("head.targetMean").Values[..size];
        var deviations = model.ReadSlot("head.targetVariance").Values[..size].Select(variance => variance > NoSpread ? MathF.Sqrt(variance) : 1f).ToArray();
        var shares = Enumerable.Range(0, size).Select(output => Shares(model, ensemble.Populations.Count + 2, output)).ToArray();
        var answers = ensemble.Populations.Select(population => writer.Clip(drives[population], -LargestAnswer, LargestAnswer)).ToList();
        answers.Add(Standing("head.lastTarget"));
        answers.Add(Standing("head.recentTarget"));
        var z = answers.Select((answer, i) => writer.Node("Mul", answer, writer.Exact([.. shares.Select(share => share[i])])))
            .Aggregate((sum, next) => writer.Node("Add", sum, next));
        return InUnits(writer, z, deviations, mean);

        string Standing(string slot) => writer.Exact(
            [.. model.ReadSlot(slot).Values[..size].Select((value, output) => Math.Clamp(((double)value - mean[output]) / deviations[output], -LargestAnswer, LargestAnswer))]);
    }

    /// <summary>Half of what the average gives every member, and half of what the stack gives it.</summary>
    private static double[] Shares(Model model, int members, int output)
    {
        var losses = Column(model.ReadSlot("head.fadedLosses"), members, output);
        var weights = Column(model.ReadSlot("head.stackedWeights"), members, output);
        var scale = 0.5 / Math.Max(losses.Min() / Math.Max(model.ReadSlot("head.fadedCount").Values[0], 1f), LeastVariance);
        var averaged = losses.Select(loss => Math.Exp(scale * (losses.Min() - loss))).ToArray();
        var stacked = weights.Select(weight => Math.Exp(weight - weights.Max())).ToArray();
        return [.. averaged.Zip(stacked, (average, stack) => ((average / averaged.Sum()) + (stack / stacked.Sum())) / 2d)];
    }

    private static double[] Column(LearnedMatrix matrix, int rows, int column) => [.. Enumerable.Range(0, rows).Select(row => (double)matrix.Values[(row * matrix.Columns) + column])];

    private static string InUnits(GraphWriter writer, string z, float[] deviations, float[] mean) =>
        writer.Node("Add", writer.Node("Mul", z, writer.Constant(deviations, deviations.Length)), writer.Constant(mean, mean.Length));
}
