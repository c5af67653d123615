using Microsoft.ML.OnnxRuntime;

namespace LifelongApi.Onnx.Runtime;

/// <summary>The one arena from which every session of the process takes its memory: a graph that makes tensors beyond all measure runs into its end.</summary>
internal static class RuntimeMemory
{
    private static readonly Lock Once = new();
    private static bool _isReserved;

    /// <summary>Fixes the size of the arena at the first call.</summary>
    /// <param name="bytes">Most bytes.</param>
    public static void Reserve(uint bytes)
    {
        lock (Once)
        {
            if (_isReserved)
            {
                return;
            }

            const int ExtendAsRequested = 1;
            const int RuntimeDefault = -1;
            using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
            using var arena = new OrtArenaCfg(bytes, ExtendAsRequested, RuntimeDefault, RuntimeDefault);
            OrtEnv.Instance().CreateAndRegisterAllocator(memory, arena);
            _isReserved = true;
        }
    }
}
