using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Onnx.Export;

/// <summary>Projections: activity to drive.</summary>
internal static class ProjectionExport
{
    /// <summary>Writes one projection.</summary>
    public static string Write(GraphWriter writer, ProjectionSpec projection, string activity, Model model) => projection.Connection switch
    {
        DenseConnectionSpec dense => Weighted(writer, projection, activity, dense.Normalise, model),
        BinaryConnectionSpec => Weighted(writer, projection, activity, normalise: false, model),
        PatchConnectionSpec patches => PatchExport.Write(writer, projection, patches, activity, model),
        HashedConnectionSpec hashed => Hashed(writer, projection, hashed, activity, model),
        FieldConnectionSpec fields => FieldExport.Write(writer, projection, fields, activity, model),
        FunctionalLinkConnectionSpec link => FunctionalLinkExport.Write(writer, projection, link, activity, model),
        FernConnectionSpec ferns => FernExport.Write(writer, projection, ferns, activity, model),
        PrototypeConnectionSpec prototypes => Prototypes(writer, projection, prototypes, activity, model),
        ClusterConnectionSpec => NoveltyExport.Clusters(writer, projection, activity, model),
        _ => throw new ExportRefusedException($"Projection '{projection.Name}' connects by '{projection.Connection.GetType().Name}', which has no fixed form."),
    };

    private static string Weighted(GraphWriter writer, ProjectionSpec projection, string activity, bool normalise, Model model)
    {
        var weights = model.TransmittedWeights(projection.Name);
        return Affine(writer, projection, normalise ? Normalised(writer, activity, Units(projection, model)) : activity, weights, Columns(projection, weights.Columns, model), model);
    }

    /// <summary>Signs that are stored nowhere are written out; thresholds as they stand.</summary>
    private static string Hashed(GraphWriter writer, ProjectionSpec projection, HashedConnectionSpec spec, string activity, Model model)
    {
        var signs = model.HashedSigns(projection.Name);
        var sums = writer.Node("MatMul", Normalised(writer, activity, signs.Rows), writer.Constant(signs));
        return writer.Node("Add", writer.Node("Mul", sums, writer.Exact(spec.Scale * Math.Sqrt(spec.Sparsity))), writer.Constant(model.ReadSlot($"{projection.Name}.weights").Values, signs.Columns));
    }

    /// <summary>x · W + bias row, over the columns in use.</summary>
    private static string Affine(GraphWriter writer, ProjectionSpec projection, string x, LearnedMatrix weights, int columns, Model model)
    {
        var units = Units(projection, model);
        var product = writer.Node("MatMul", x, writer.Constant(Part(weights, 0, units, columns)));
        return weights.Rows > units ? writer.Node("Add", product, writer.Constant(Part(weights, units, 1, columns).Values, columns)) : product;
    }

    /// <summary>x / √n with n units that are not silent.</summary>
    private static string Normalised(GraphWriter writer, string x, int units)
    {
        var isActive = writer.Above(writer.Node("Abs", x), writer.Exact(0d));
        var count = writer.Clip(writer.RowSum(isActive, units), 1d, units);
        return writer.Node("Mul", x, writer.Node("Reciprocal", writer.Node("Sqrt", count)));
    }

    /// <summary>A class is driven by its nearest prototype; one that stands for nothing takes no part.</summary>
    private static string Prototypes(GraphWriter writer, ProjectionSpec projection, PrototypeConnectionSpec spec, string activity, Model model)
    {
        const float Nothing = -1e30f;
        var classes = model.Labels.Count;
        var columns = classes * spec.PerClass;
        var responses = Affine(writer, projection, activity, model.TransmittedWeights(projection.Name), columns, model);
        var counts = model.ReadSlot($"{projection.Name}.prototypeCounts").Values;
        var masked = writer.Node("Add", responses, writer.Constant([.. Enumerable.Range(0, columns).Select(i => counts[i] > 0f ? 0f : Nothing)], columns));
        var nearest = writer.Largest(writer.Reshape(masked, -1, classes, spec.PerClass), 2);
        return writer.Node("Mul", nearest, writer.Constant([.. Enumerable.Range(0, classes).Select(c => counts.AsSpan(c * spec.PerClass, spec.PerClass).ContainsAnyExcept(0f) ? spec.Sharpness : 0f)], classes));
    }

    private static LearnedMatrix Part(LearnedMatrix matrix, int row, int rows, int columns)
    {
        var values = new float[rows * columns];
        for (var i = 0; i < rows; i++)
        {
            Array.Copy(matrix.Values, (row + i) * matrix.Columns, values, i * columns, columns);
        }

        return new LearnedMatrix(rows, columns, values);
    }

    private static int Units(ProjectionSpec projection, Model model) => model.Learner.Populations.First(population => population.Name == projection.From).Units;

    /// <summary>Populations that a head of classes reads have room for more classes than there are.</summary>
    private static int Columns(ProjectionSpec projection, int all, Model model) =>
        model.Labels.Count > 0 && HeadOutputs.Of(model.Spec.Network).Contains(projection.To) ? model.Labels.Count : all;
}
