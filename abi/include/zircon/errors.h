/* Result codes of calls: 0 is success, everything negative an error. */
#ifndef ZIRCON_ERRORS_H_
#define ZIRCON_ERRORS_H_

/* Success. */
#define ZX_OK (0)
/* The system met a condition it should never meet. */
#define ZX_ERR_INTERNAL (-1)
/* The operation exists, but not for this object or combination of options. */
#define ZX_ERR_NOT_SUPPORTED (-2)
/* A limit other than memory is reached. */
#define ZX_ERR_NO_RESOURCES (-3)
/* No memory, or no free range of addresses. */
#define ZX_ERR_NO_MEMORY (-4)
/* An inner call failed (Magenta and Zircon until 2018). */
#define ZX_ERR_CALL_FAILED (-5)
/* An interrupted wait is to be repeated; never seen by programs. */
#define ZX_ERR_INTERNAL_INTR_RETRY (-6)
/* An argument is invalid. */
#define ZX_ERR_INVALID_ARGS (-10)
/* A handle value names nothing. */
#define ZX_ERR_BAD_HANDLE (-11)
/* The object is of another type than the call needs. */
#define ZX_ERR_WRONG_TYPE (-12)
/* No such call. */
#define ZX_ERR_BAD_SYSCALL (-13)
/* An argument lies outside the valid range. */
#define ZX_ERR_OUT_OF_RANGE (-14)
/* The caller's buffer is too small. */
#define ZX_ERR_BUFFER_TOO_SMALL (-15)
/* The object is in the wrong state, for example destroyed. */
#define ZX_ERR_BAD_STATE (-20)
/* The deadline passed before the event. */
#define ZX_ERR_TIMED_OUT (-21)
/* Nothing is ready yet; waiting would help. */
#define ZX_ERR_SHOULD_WAIT (-22)
/* The operation was canceled. */
#define ZX_ERR_CANCELED (-23)
/* The other end is closed. */
#define ZX_ERR_PEER_CLOSED (-24)
/* The thing asked for is not there. */
#define ZX_ERR_NOT_FOUND (-25)
/* The thing to create is there already. */
#define ZX_ERR_ALREADY_EXISTS (-26)
/* The object is bound already. */
#define ZX_ERR_ALREADY_BOUND (-27)
/* The operation is not possible now, or not for this object. */
#define ZX_ERR_UNAVAILABLE (-28)
/* A right or permission is missing. */
#define ZX_ERR_ACCESS_DENIED (-30)
/* Unspecified input or output error. */
#define ZX_ERR_IO (-40)
/* The device refused the operation. */
#define ZX_ERR_IO_REFUSED (-41)
/* Data failed its integrity check. */
#define ZX_ERR_IO_DATA_INTEGRITY (-42)
/* Data is lost. */
#define ZX_ERR_IO_DATA_LOSS (-43)
/* The device is gone. */
#define ZX_ERR_IO_NOT_PRESENT (-44)
/* More data came than was expected. */
#define ZX_ERR_IO_OVERRUN (-45)
/* A deadline of the device was missed. */
#define ZX_ERR_IO_MISSED_DEADLINE (-46)
/* The data is invalid. */
#define ZX_ERR_IO_INVALID (-47)
/* The path is malformed. */
#define ZX_ERR_BAD_PATH (-50)
/* The object is not a directory. */
#define ZX_ERR_NOT_DIR (-51)
/* The object is not a file. */
#define ZX_ERR_NOT_FILE (-52)
/* The file is or would become too big. */
#define ZX_ERR_FILE_BIG (-53)
/* The storage is full. */
#define ZX_ERR_NO_SPACE (-54)
/* The directory is not empty. */
#define ZX_ERR_NOT_EMPTY (-55)
/* An iteration is to stop. */
#define ZX_ERR_STOP (-60)
/* An iteration is to go on. */
#define ZX_ERR_NEXT (-61)
/* The operation goes on asynchronously. */
#define ZX_ERR_ASYNC (-62)
/* The protocol is not supported. */
#define ZX_ERR_PROTOCOL_NOT_SUPPORTED (-70)
/* The host cannot be reached. */
#define ZX_ERR_ADDRESS_UNREACHABLE (-71)
/* The address is in use. */
#define ZX_ERR_ADDRESS_IN_USE (-72)
/* The socket is not connected. */
#define ZX_ERR_NOT_CONNECTED (-73)
/* The connection was refused. */
#define ZX_ERR_CONNECTION_REFUSED (-74)
/* The connection was reset. */
#define ZX_ERR_CONNECTION_RESET (-75)
/* The connection was aborted. */
#define ZX_ERR_CONNECTION_ABORTED (-76)

#endif
