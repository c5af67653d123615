using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Onnx.Export;

/// <summary>Populations: drive to activity.</summary>
internal static class PopulationExport
{
    /// <summary>Writes one population.</summary>
    public static string Write(GraphWriter writer, PopulationSpec population, string drive) => population.Kind switch
    {
        PopulationKind.Identity => drive,
        PopulationKind.Relu => writer.Node("Relu", drive),
        PopulationKind.Tanh => writer.Node("Tanh", drive),
        PopulationKind.Cosine => Cosine(writer, drive, population.Size!.Value),
        PopulationKind.Winners => writer.KeepLargest(writer.Node("Relu", drive), population.Winners!.Value),
        _ => throw new ExportRefusedException($"Population '{population.Name}' is of kind '{population.Kind}', which has no fixed form."),
    };

    private static string Cosine(GraphWriter writer, string drive, int units) => writer.Node("Mul", writer.Node("Cos", drive), writer.Exact(Math.Sqrt(2d / units)));
}
