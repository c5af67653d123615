using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>Clusters and the head that tells how unusual an event is, with median and threshold of the last surprises as constants.</summary>
internal static class NoveltyExport
{
    private const float LeastShare = 1e-6f;
    private const float Narrowest = 1e-3f;

    /// <summary>ln π_j − ½ (Σ_i p_ij (x_i − w_ij)² + Σ_i ln v_ij) of every cluster in use, with the square multiplied out: p x² − 2 p w x + p w², in products that doubles hold exactly.</summary>
    public static string Clusters(GraphWriter writer, ProjectionSpec projection, string activity, Model model)
    {
        var used = model.ReadSlot($"{projection.Name}.clusterEvents").Values.TakeWhile(events => events > 0f).Count();
        if (used == 0)
        {
            throw new ExportRefusedException("The model has seen nothing yet, so nothing is usual to it; teach it first.");
        }

        var means = model.ReadSlot($"{projection.Name}.weights");
        var precisions = model.ReadSlot($"{projection.Name}.precisions");
        var shares = model.ReadSlot($"{projection.Name}.shares").Values;
        var logVariances = model.ReadSlot($"{projection.Name}.logVariances").Values;
        var inputs = precisions.Rows;
        var quadratic = new double[inputs * used];
        var linear = new double[inputs * used];
        var constant = new double[used];
        for (var i = 0; i < inputs; i++)
        {
            for (var j = 0; j < used; j++)
            {
                double precision = precisions.Values[(i * precisions.Columns) + j];
                double mean = means.Values[(i * means.Columns) + j];
                quadratic[(i * used) + j] = -0.5 * precision;
                linear[(i * used) + j] = precision * mean;
                constant[j] -= 0.5 * precision * mean * mean;
            }
        }

        for (var j = 0; j < used; j++)
        {
            constant[j] += Math.Log(MathF.Max(shares[j], LeastShare)) - (0.5 * logVariances[j]);
        }

        var squares = writer.Node("MatMul", writer.Node("Mul", activity, activity), writer.Reshape(writer.Exact(quadratic), inputs, used));
        var products = writer.Node("MatMul", activity, writer.Reshape(writer.Exact(linear), inputs, used));
        return writer.Node("Add", writer.Node("Add", squares, products), writer.Exact(constant));
    }

    /// <summary>Surprise −ln Σ_j exp(drive_j), and from it the score, once there is one.</summary>
    public static void Write(GraphWriter writer, string drive, Model model)
    {
        var used = model.ReadSlot($"{model.Spec.Network.Projections[^1].Name}.clusterEvents").Values.TakeWhile(events => events > 0f).Count();
        var most = writer.Reshape(writer.Largest(drive, 1), -1, 1);
        var sum = writer.RowSum(writer.Node("Exp", writer.Node("Sub", drive, most)), used);
        var surprise = writer.Node("Neg", writer.Node("Add", most, writer.Node("Log", sum)));
        writer.Output(surprise, "surprise", DataType.Float, 0, 1);

        if (model.Anomalies is { Threshold: { } threshold, Surprises: { } quantiles })
        {
            var median = quantiles["0.5"];
            var score = writer.Node("Div", writer.Node("Sub", surprise, writer.Exact(median)), writer.Exact(MathF.Max(threshold - median, Narrowest)));
            writer.Output(score, "score", DataType.Float, 0, 1);
        }
    }
}
